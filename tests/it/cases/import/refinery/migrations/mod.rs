refinery::embed_migrations!();
