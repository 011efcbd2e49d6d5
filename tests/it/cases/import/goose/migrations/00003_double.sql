-- +goose Up
-- +goose StatementBegin
create function shop.double(n integer) returns integer language plpgsql as $$
begin
  return n * 2; -- twice;
end
$$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
drop function shop.double;
-- +goose StatementEnd
