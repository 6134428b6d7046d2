"""Every sentence a person reads.

`catalogue`  which keys exist, and the facts and actions each takes: the contract with the services
`en.toml`    the words, by key; a further language is one more file
`words`      `Words`: notices, pages, forms and the home tab as `gateway.domain.content` values
`facts`      display names for what an error knows only by number

A service says `Notice("pager.department_empty", facts, ((Action.EDIT, draft),))`; the sentence is
made when it is told. Whatever a fact holds is foreign text: it is never read as markup.
"""
