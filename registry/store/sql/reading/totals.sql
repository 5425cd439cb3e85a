select region, resource, dimension, code, status, count, seq
from best.total
