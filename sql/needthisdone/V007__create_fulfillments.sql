-- What was packed and shipped.
create table needthisdone.order_fulfillment (
  id uuid not null default gen_random_uuid(),
  order_id uuid not null,
  status text not null default 'packed',
  carrier text,
  tracking_number text,
  packed_at timestamptz not null default now(),
  shipped_at timestamptz,
  delivered_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint order_fulfillment_pkey primary key (id),
  constraint order_fulfillment_order_id_fkey foreign key (order_id) references needthisdone."order" (id) on delete cascade,
  constraint order_fulfillment_status_check check (status in ('packed', 'shipped', 'delivered', 'canceled')),
  constraint order_fulfillment_shipped_at_check check (shipped_at >= packed_at),
  constraint order_fulfillment_delivered_at_check check (delivered_at >= shipped_at),
  constraint order_fulfillment_steps_check check (
    case status when 'packed' then shipped_at is null when 'shipped' then shipped_at is not null and delivered_at is null
      when 'delivered' then delivered_at is not null and shipped_at is not null else true end
  )
);
create index order_fulfillment_order_id_idx on needthisdone.order_fulfillment (order_id);

comment on table needthisdone.order_fulfillment is 'A parcel of an order.';
comment on column needthisdone.order_fulfillment.deleted_at is 'Medusa deletes softly.';

create trigger order_fulfillment_stamp before update on needthisdone.order_fulfillment
  for each row execute function needthisdone.touch_updated_at();
