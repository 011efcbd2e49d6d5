-- Knowledge for the assistant: documents cut into chunks that are found by meaning, and the conversations
-- that cite them. Vectors are compared by cosine distance through an HNSW index.
create extension if not exists vector;

-- The extension may live in any schema: for the rest of this transaction its type and operators are found there.
do $$
begin
  perform set_config('search_path', extnamespace::regnamespace::text, true)
  from pg_catalog.pg_extension
  where extname = 'vector';
end
$$;

create table agency.knowledge_documents (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  client_id uuid,
  title text not null,
  source_type text not null,
  source_uri text,
  summary text,
  language text not null default 'en',
  status text not null default 'draft',
  content_hash text,
  tags text[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint knowledge_documents_pkey primary key (tenant_id, id),
  constraint knowledge_documents_client_id_fkey foreign key (tenant_id, client_id)
    references agency.clients (tenant_id, id),
  constraint knowledge_documents_title_check check (title <> ''),
  constraint knowledge_documents_source_type_check check (
    source_type in ('policy', 'playbook', 'case_study', 'research', 'guideline', 'meeting_notes', 'contract', 'other')
  ),
  constraint knowledge_documents_language_check check (language ~ '^[a-z]{2}$'),
  constraint knowledge_documents_status_check check (status in ('draft', 'active', 'archived')),
  constraint knowledge_documents_content_hash_check check (content_hash ~ '^[0-9a-f]{64}$')
);
create index knowledge_documents_tenant_id_client_id_idx on agency.knowledge_documents (tenant_id, client_id);
create index knowledge_documents_tenant_id_source_type_active_idx on agency.knowledge_documents (tenant_id, source_type)
  where status = 'active';
create index knowledge_documents_tenant_id_created_at_idx on agency.knowledge_documents (tenant_id, created_at desc);
create index knowledge_documents_tags_idx on agency.knowledge_documents using gin (tags);

comment on table agency.knowledge_documents is 'A document that the assistant may draw on.';
comment on column agency.knowledge_documents.client_id is 'The client it is about; null for the agency''s general knowledge.';
comment on column agency.knowledge_documents.status is 'Only an active document is searched.';
comment on column agency.knowledge_documents.language is 'ISO 639-1 code.';
comment on column agency.knowledge_documents.content_hash is 'SHA-256 of the source, to tell whether it must be chunked again.';

create table agency.knowledge_chunks (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  document_id uuid not null,
  chunk_index integer not null,
  content text not null,
  token_count integer,
  embedding vector(1536),
  embedding_model text not null default 'text-embedding-ada-002',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint knowledge_chunks_pkey primary key (tenant_id, id),
  constraint knowledge_chunks_tenant_id_document_id_chunk_index_key unique (tenant_id, document_id, chunk_index),
  constraint knowledge_chunks_document_id_fkey foreign key (tenant_id, document_id)
    references agency.knowledge_documents (tenant_id, id) on delete cascade,
  constraint knowledge_chunks_chunk_index_check check (chunk_index >= 0),
  constraint knowledge_chunks_content_check check (content <> ''),
  constraint knowledge_chunks_token_count_check check (token_count > 0)
);
create index knowledge_chunks_embedding_idx on agency.knowledge_chunks using hnsw (embedding vector_cosine_ops);
create index knowledge_chunks_tenant_id_unembedded_idx on agency.knowledge_chunks (tenant_id, created_at)
  where embedding is null;
create index knowledge_chunks_to_tsvector_idx on agency.knowledge_chunks using gin
  (to_tsvector('pg_catalog.english'::regconfig, content));

comment on table agency.knowledge_chunks is 'A passage of a document, small enough to quote, with its place in meaning.';
comment on column agency.knowledge_chunks.chunk_index is 'Order inside the document, from 0.';
comment on column agency.knowledge_chunks.embedding is 'Null until it is computed; such a chunk is not found by search_knowledge().';
comment on column agency.knowledge_chunks.embedding_model is 'Vectors of different models cannot be compared: search with the same one.';

create table agency.ai_conversations (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  client_id uuid,
  campaign_id uuid,
  title text not null default 'New conversation',
  status text not null default 'open',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint ai_conversations_pkey primary key (tenant_id, id),
  constraint ai_conversations_user_id_fkey foreign key (tenant_id, user_id)
    references agency.employees (tenant_id, user_id),
  constraint ai_conversations_client_id_fkey foreign key (tenant_id, client_id)
    references agency.clients (tenant_id, id),
  constraint ai_conversations_campaign_id_fkey foreign key (tenant_id, campaign_id)
    references agency.campaigns (tenant_id, id),
  constraint ai_conversations_status_check check (status in ('open', 'archived'))
);
create index ai_conversations_tenant_id_user_id_idx on agency.ai_conversations (tenant_id, user_id, updated_at desc);
create index ai_conversations_tenant_id_client_id_idx on agency.ai_conversations (tenant_id, client_id);
create index ai_conversations_tenant_id_campaign_id_idx on agency.ai_conversations (tenant_id, campaign_id);

comment on table agency.ai_conversations is 'A talk between one employee and the assistant, private to that employee.';
comment on column agency.ai_conversations.user_id is 'The employee (by user_id) it belongs to.';
comment on column agency.ai_conversations.campaign_id is 'The campaign it is about, if it is about one; client_id likewise.';

create table agency.ai_messages (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  conversation_id uuid not null,
  position integer not null,
  role text not null,
  content text not null,
  citations jsonb not null default '[]',
  model text,
  prompt_tokens integer,
  completion_tokens integer,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint ai_messages_pkey primary key (tenant_id, id),
  constraint ai_messages_tenant_id_conversation_id_position_key unique (tenant_id, conversation_id, position),
  constraint ai_messages_conversation_id_fkey foreign key (tenant_id, conversation_id)
    references agency.ai_conversations (tenant_id, id) on delete cascade,
  constraint ai_messages_position_check check (position > 0),
  constraint ai_messages_role_check check (role in ('system', 'user', 'assistant')),
  constraint ai_messages_prompt_tokens_check check (prompt_tokens >= 0),
  constraint ai_messages_completion_tokens_check check (completion_tokens >= 0),
  constraint ai_messages_citations_check check (
    case jsonb_typeof(citations)
      when 'array' then jsonb_array_length(citations) = jsonb_array_length(
        jsonb_path_query_array(citations, 'strict $[*].chunk_id ? (@ like_regex "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")', '{}', true)
      )
      else false
    end
  ),
  constraint ai_messages_only_the_assistant_cites_check check (role = 'assistant' or citations = '[]')
);
create index ai_messages_tenant_id_created_at_idx on agency.ai_messages (tenant_id, created_at desc);
create index ai_messages_citations_idx on agency.ai_messages using gin (citations jsonb_path_ops);

comment on table agency.ai_messages is 'One turn of a conversation.';
comment on column agency.ai_messages.position is 'Order inside the conversation, from 1.';
comment on column agency.ai_messages.citations is
  'What an answer rests on: an array of objects, each with the chunk_id of a knowledge chunk and whatever else the '
  'assistant noted (document_id, similarity, quote). JSON and no foreign key, so that an answer keeps its sources as '
  'they were when a document is chunked anew or removed.';

create trigger knowledge_documents_stamp before insert or update on agency.knowledge_documents
  for each row execute function agency.update_updated_at_column();
create trigger knowledge_chunks_stamp before insert or update on agency.knowledge_chunks
  for each row execute function agency.update_updated_at_column();
create trigger ai_conversations_stamp before insert or update on agency.ai_conversations
  for each row execute function agency.update_updated_at_column();
create trigger ai_messages_stamp before insert or update on agency.ai_messages
  for each row execute function agency.update_updated_at_column();

create trigger knowledge_documents_audit after insert or update or delete on agency.knowledge_documents
  for each row execute function agency.record_audit_event('knowledge_documents');

create function agency.search_knowledge(
  query_embedding vector(1536),
  match_threshold double precision default 0.7,
  match_count integer default 10,
  filter_client_id uuid default null,
  filter_tags text[] default null
)
returns table (
  chunk_id uuid,
  document_id uuid,
  document_title text,
  client_id uuid,
  tags text[],
  chunk_index integer,
  content text,
  similarity double precision
)
language plpgsql stable rows 10
set search_path = pg_catalog, pg_temp
set plan_cache_mode = 'force_custom_plan'
set enable_indexscan = on
set enable_sort = on
as $$
declare
  is_large boolean;
  installed integer[] := (
    select string_to_array(vector.extversion, '.')::integer[] from pg_extension as vector where vector.extname = 'vector'
  );
begin
  -- The index yields the nearest of all tenants and row-level security filters them afterwards, so a search goes on
  -- until enough are left. Before pgvector 0.8 it cannot, and starts with as many candidates as it may instead. The
  -- settings end with the function, as its own do; they stand here because only a superuser may attach them to it
  -- while the extension's library is not loaded, as in a restore.
  if installed >= array[0, 8] then
    perform set_config('hnsw.iterative_scan', 'strict_order', true), set_config('hnsw.max_scan_tuples', '100000', true),
      set_config('hnsw.scan_mem_multiplier', '4', true);
  else
    perform set_config('hnsw.ef_search', '1000', true);
  end if;

  -- The index holds every tenant's vectors, so where few can be meant a walk through it could be long and in vain:
  -- a small pool is compared one by one instead, and nothing is missed. A large one is walked through, which the
  -- planner would not do by itself: it takes reading vectors, which are stored apart, to cost nothing.
  select count(*) > 2000
  into is_large
  from (
    select
    from agency.knowledge_chunks as chunk
    join agency.knowledge_documents as document
      on document.tenant_id = chunk.tenant_id and document.id = chunk.document_id
    where document.status = 'active'
      and (filter_client_id is null or document.client_id = filter_client_id)
      and (filter_tags is null or document.tags && filter_tags)
    limit 2001
  ) as pool;
  perform set_config('enable_indexscan', is_large::text, true), set_config('enable_sort', (not is_large)::text, true);

  -- The nearest come first, so the threshold can wait until they are found: it never keeps the index busy
  -- looking for more of what is already too far away.
  return query
    select
      nearest.id, nearest.document_id, nearest.title, nearest.client_id, nearest.tags, nearest.chunk_index,
      nearest.content, 1 - nearest.distance
    from (
      select
        chunk.id, chunk.document_id, document.title, document.client_id, document.tags, chunk.chunk_index,
        chunk.content, chunk.embedding <=> query_embedding as distance
      from agency.knowledge_chunks as chunk
      join agency.knowledge_documents as document
        on document.tenant_id = chunk.tenant_id and document.id = chunk.document_id
      where chunk.embedding is not null
        and document.status = 'active'
        and (filter_client_id is null or document.client_id = filter_client_id)
        and (filter_tags is null or document.tags && filter_tags)
      order by chunk.embedding <=> query_embedding
      limit least(greatest(coalesce(match_count, 10), 0), 200)
    ) as nearest
    where 1 - nearest.distance >= match_threshold
    order by nearest.distance;
end
$$;
comment on function agency.search_knowledge(vector, double precision, integer, uuid, text[]) is
  'The passages closest in meaning to the query, best first: at most match_count (and 200), at least match_threshold '
  'alike (cosine similarity), of active documents the caller may read, of one client or with any of the tags when '
  'asked. Plans anew for each call, because only a known limit lets the planner walk the HNSW index.';

-- The extension's operators are found in its own schema, whichever that is.
do $$
begin
  execute (
    select format('alter function agency.search_knowledge set search_path = pg_catalog, %I, pg_temp', home.nspname)
    from pg_catalog.pg_extension as vector
    join pg_catalog.pg_namespace as home on home.oid = vector.extnamespace
    where vector.extname = 'vector'
  );
end
$$;
