-- Objects whose row could not be read: present in the file, so not to be removed.
create temp table rejected (
    resource text collate "C" not null,
    object_id text collate "C" not null
) on commit drop
