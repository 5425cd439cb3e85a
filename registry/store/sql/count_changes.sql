select change, count(*) from {delta} group by change
