copy {unseen} (record_hash) from stdin
