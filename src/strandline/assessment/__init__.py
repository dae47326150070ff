"""The assessment: asks the ledger, and tells what level each measure is proved to have.

Belongs here: keeping the evidence as it comes, choosing the model and the unit, reports, and what people
attest and are asked.

Does not belong here: how a criterion is judged; that is `maturity/`, which is pure.
"""
