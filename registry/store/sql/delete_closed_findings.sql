delete from registry.finding where seq_to <= %(history_from)s
