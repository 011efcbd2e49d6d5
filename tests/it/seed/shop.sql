create schema shop;
create type shop.state as enum ('new', 'in progress', 'done');
create table shop.customers (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  email text not null,
  name varchar(40) not null,
  state shop.state not null default 'new',
  rating smallint,
  credit numeric(5, 2) not null default 0,
  joined date not null,
  note text,
  length integer generated always as (length(name)) stored,
  primary key (tenant_id, id),
  unique (tenant_id, email),
  check (credit >= 0)
);
create table shop.products (
  id bigint generated always as identity primary key,
  code text not null unique,
  tags text[] not null default '{}',
  info jsonb not null default '{}',
  price numeric(8, 2) not null
);
create table shop.orders (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  customer_id uuid not null,
  number text not null,
  placed_at timestamptz not null,
  status text not null check (status in ('open', 'paid', 'void')),
  total numeric(10, 2) not null,
  primary key (tenant_id, id),
  unique (tenant_id, number),
  foreign key (tenant_id, customer_id) references shop.customers (tenant_id, id)
);
create index orders_customer on shop.orders (tenant_id, customer_id);
create index orders_open on shop.orders (placed_at desc) where status = 'open';
comment on index shop.orders_open is 'What is still to be done.';
create table shop.lines (
  tenant_id uuid not null,
  order_id uuid not null,
  position integer not null,
  product_id bigint not null references shop.products,
  amount integer not null default 1,
  primary key (tenant_id, order_id, position),
  foreign key (tenant_id, order_id) references shop.orders (tenant_id, id)
);
create table shop.profiles (
  tenant_id uuid not null,
  customer_id uuid not null,
  bio text not null,
  primary key (tenant_id, customer_id),
  foreign key (tenant_id, customer_id) references shop.customers (tenant_id, id)
);
create table shop.likes (
  tenant_id uuid not null,
  customer_id uuid not null,
  product_id bigint not null references shop.products,
  primary key (tenant_id, customer_id, product_id),
  foreign key (tenant_id, customer_id) references shop.customers (tenant_id, id)
);
create table shop.contacts (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  customer_id uuid not null,
  role text not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, customer_id) references shop.customers (tenant_id, id)
);
create unique index one_owner on shop.contacts (tenant_id, customer_id) where role = 'owner';
create function shop.shout() returns trigger language plpgsql as 'begin new.name := upper(new.name); return new; end';
create trigger customers_shout before insert on shop.customers for each row execute function shop.shout();
