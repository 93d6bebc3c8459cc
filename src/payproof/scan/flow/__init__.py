"""What reaches what: an abstract interpreter over facts, across functions and files.

It walks a function's statements in order with a `State` (what each name may be worth, and whether a webhook check dominates
this point), follows calls into the program with what is known of their arguments, and tells its listeners of every call that
it meets. Questions are put by the shapes that listen; nothing here knows a rule.
"""
