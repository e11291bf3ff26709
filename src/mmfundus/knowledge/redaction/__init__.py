"""Clinical notes without what says whose they are: `redact.redact`, and what it looks for.

Names, places, dates, numbers of records, telephones, mail and web addresses and ages over 89 are replaced by what they
were: [NAME], [DATE 2019]. It is done by rules, and that is not anonymisation: rules miss what nobody thought of, and
what is left may still tell a reader who knows the patient. docs/captions-llm.md has the share that was measured.
"""
