"""Every sentence a person reads.

`catalogue`            which keys exist, and the facts and buttons each takes: the contract
`en.toml` `de.toml`    the words, by key; a further language is one more file
`language_file`        reads and compiles such files, one laid over the other
`language`             says what they allow, given what is known
`notices` `pages` `people`   draw answers, pages, departments, the form and the home tab
`words`                `Words`, through which the services speak, to each reader in theirs

A service says `Notice("pager.department_empty", facts, ((Action.EDIT, draft),))`; the sentence is
made when it is told. Whatever a fact holds is foreign text: it is never read as markup.
"""
