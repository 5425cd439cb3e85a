select count(*) from {changed} where change <> 'reversioned'
