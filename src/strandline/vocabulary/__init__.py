"""The nouns of deployment management, and the events that can happen to them.

Belongs here: frozen values, enumerations, event types, and the one hierarchy of errors. The words are
those of the glossary in `docs/reference/glossary.md`: one word, one meaning.

Does not belong here: behaviour, defaults that a user may set, input and output of any kind.
"""
