"""What is fast, and what must stay so: measured on this machine, without a cloud.

Each module measures one thing and gives rows; `measures` lists them. Absolute times on a shared
machine say little, so each figure is a ratio to something measured in the same run, or a count.
"""
