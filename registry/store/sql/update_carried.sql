-- A version identifier names a state: it stays only where the state does.
update {staged} n
set content_hash = h.content_hash,
    version_id = case when h.content_hash = k.known_hash then coalesce(n.version_id, k.known_version)
                      else n.version_id end,
    {assignments}
from {carried} k join {hashes} h using (object_id)
where n.object_id = k.object_id
