-- What went in a release, each as it last was, with the number at which it went.
create temp table {gone} (like {version}, seq bigint not null) on commit drop
