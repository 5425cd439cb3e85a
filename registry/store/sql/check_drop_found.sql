-- What an import found is written; an inspection notes its own.
drop table found
