select rule, count(*) from found group by rule order by rule
