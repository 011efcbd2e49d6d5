--! no-transaction
-- An HNSW index, for the operator that the functions order by. The extension may live in any schema: for the rest of this
-- file its operator class is found there.
select set_config('search_path', extnamespace::regnamespace::text, false)
from pg_catalog.pg_extension
where extname = 'vector';

create index concurrently blog_posts_embedding_idx on needthisdone.blog_posts using hnsw (embedding vector_cosine_ops);
