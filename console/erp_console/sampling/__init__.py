"""A profile made of the ERP's own sample: where a value equals one of the order's, an expression.

`read_sample` reads a document into a tree of spots, `fill` finds what each spot may be,
`write_profile` writes the folder. `erp_console.new_profile` is the command.
"""
