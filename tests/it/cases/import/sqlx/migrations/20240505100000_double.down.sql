drop function shop.double;
