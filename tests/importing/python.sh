# A virtual environment that both tools in Python share.
if [ ! -d "$folder/env" ]; then
  python3 -m venv "$folder/env"
  "$folder/env/bin/pip" install --quiet alembic 'django<6' sqlalchemy psycopg2-binary
fi
export PATH="$folder/env/bin:$PATH"
