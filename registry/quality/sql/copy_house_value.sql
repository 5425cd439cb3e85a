copy house_value (house_number, number, is_plain, key) from stdin
