"""What every REST view is made of.

`parse` reads query and body, `problem` is how a refusal looks and `handler` makes one of an exception, `limits` says
how long bodies may be, `lists`, `filters` and `fields` are what lists and shapes share, `permissions` is who may,
`bounded` and `priced` are bases of views that cost much, `idempotency` lets a POST be repeated.
"""
