"""Operations alerts: taken in once, told once, answered from either side.

`intake`    what a source said is written down, by group; a time to look at each group is set
`groups`    that time has come: what is new is told, what is over is closed
`moving`    who leaves a group because the routes have changed; `parting` is what is said then
`silencing` silences at run time, and who did what to them; `silence_forms` makes them from the chat
`quiet`     what a silence does to an incident that people know of
`watch`     nobody answered: remind, escalate, give an acknowledgement back, wake from a snooze
`answers`   acknowledge, resolve, escalate, snooze, from a button or from a pager
`desk`      reads and writes incidents; two who act at once never overwrite each other
"""
