update registry.finding
set seq_to = %(seq)s
where region = %(region)s and seq_from > %(until)s and seq_to is null
