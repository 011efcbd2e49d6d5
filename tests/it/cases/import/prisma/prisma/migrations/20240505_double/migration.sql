create function shop.double(n integer) returns integer language plpgsql as $$
begin
  return n * 2; -- twice;
end
$$;
