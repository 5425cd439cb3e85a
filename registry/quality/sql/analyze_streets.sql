analyze house, street
