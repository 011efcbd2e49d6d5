--! no-transaction
-- Products and variants from before, ten thousand at a time, each batch committed: nobody waits for all of them, and a
-- run that was cut off goes on with what is left.
do $$
begin
  loop
    update needthisdone.product as product
    set handle = concat_ws('-',
      nullif(trim(both '-' from regexp_replace(lower(product.title), '[^a-z0-9]+', '-', 'g')), ''),
      left(product.id::text, 8))
    where product.id in (
      select unnamed.id from needthisdone.product as unnamed where unnamed.handle is null limit 10000
    );
    exit when not found;
    commit;
  end loop;
end
$$;

do $$
begin
  loop
    update needthisdone.product_variant as variant
    set price_cents = round(variant.price * 100)
    where variant.id in (
      select decimal.id from needthisdone.product_variant as decimal where decimal.price_cents is null limit 10000
    );
    exit when not found;
    commit;
  end loop;
end
$$;
