drop table if exists {gone}, {come}
