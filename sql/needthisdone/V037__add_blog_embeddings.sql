--! lock-timeout: 100ms
-- Articles are found by what they mean: each gets a vector, compared by the cosine of the angle.
create extension if not exists vector;

-- The extension may live in any schema: for the rest of this transaction its type and operators are found there.
do $$
begin
  perform set_config('search_path', extnamespace::regnamespace::text, true)
  from pg_catalog.pg_extension
  where extname = 'vector';
end
$$;

alter table needthisdone.blog_posts add column embedding vector(1536);
comment on column needthisdone.blog_posts.embedding is 'What the article means, for finding its like; null until it was computed.';

create function needthisdone.search_blog_posts(query_embedding vector, match_count integer default 5)
returns table (id uuid, slug text, title text, similarity double precision)
language sql stable
begin atomic
  select post.id, post.slug, post.title, 1 - (post.embedding <=> query_embedding)
  from needthisdone.blog_posts as post
  where post.embedding is not null
  order by post.embedding <=> query_embedding
  limit least(greatest(match_count, 0), 50);
end;
comment on function needthisdone.search_blog_posts(vector, integer) is
  'The articles nearest to an embedding, of those that the caller may read. It orders by <=>, the operator of the index: '
  'with any other the index would be of no use.';

create function needthisdone.related_posts(post_id uuid, match_count integer default 5)
returns table (id uuid, slug text, title text, similarity double precision)
language sql stable
begin atomic
  select near.id, near.slug, near.title, near.similarity
  from needthisdone.blog_posts as post
  cross join lateral needthisdone.search_blog_posts(post.embedding, least(greatest(match_count, 0), 49) + 1) as near
  where post.id = post_id and near.id <> post.id
  order by near.similarity desc
  limit least(greatest(match_count, 0), 49);
end;
comment on function needthisdone.related_posts(uuid, integer) is 'The articles most like one, of those that the caller may read.';
