insert into deliveries.delivery_check (delivery_id, number, made_at, report, preview, shape)
values (%(delivery_id)s, %(number)s, %(made_at)s, %(report)s, %(preview)s, %(shape)s)
