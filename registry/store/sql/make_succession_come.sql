-- What came in a release, and so may have taken the place of what went.
create temp table {come} (like {version}) on commit drop
