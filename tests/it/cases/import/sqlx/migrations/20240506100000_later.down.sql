alter table shop.orders drop column later;
