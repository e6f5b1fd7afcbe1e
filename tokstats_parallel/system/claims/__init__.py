"""Claims: a process holds a name in a folder that machines share, where no lock of the file system can be relied on.

In: a folder, a name. Out: the name is held by one process at a time, until it ends, dies or falls silent. A claim saves
work that would be done twice. It does not protect files: each process writes under a name of its own, and renames.

- claim_file: writes and reads the files of claims
- taking: takes a claim, also one whose holder is dead
- holder: keeps a claim by beats, notices its loss, and ends it
- life: tells at one look whether a holder lives
"""
