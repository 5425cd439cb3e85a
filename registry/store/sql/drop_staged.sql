drop table if exists {staged}, {unseen}
