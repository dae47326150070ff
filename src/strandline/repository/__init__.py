"""What the files of a repository say of the practice behind them: pure readers of text, a file for each kind.

Belongs here: what a pipeline's file, a manifest, a document or a well-known name shows (`sighting.py` lists
it), where in the file it stands, and which documents lead nowhere. A file is a hint: it says what somebody
set up, not that it is used. What a file proves by being there (a document, its age, a repository that holds
code and configuration) becomes an event in the room `assessment`.

Does not belong here: reading from Git (`adapters/repository_files.py`), and judging (`maturity`).
"""
