"""Where the time went: runs recorded task by task, and the losses that they show.

Workers import this package to record a task, which is why nothing is imported here.
"""
