select n.object_id, {content} from {staged} n join {carried} k using (object_id)
