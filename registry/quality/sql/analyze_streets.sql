analyze house, street, neighbour
