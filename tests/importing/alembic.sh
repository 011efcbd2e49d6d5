# Alembic with two branches that are merged.
. "$here/python.sh"
version=$(alembic --version | cut -d' ' -f2)
alembic init alembic >/dev/null 2>&1
sed -i "s|^sqlalchemy.url.*|sqlalchemy.url = postgresql+psycopg2://|" alembic.ini
write() { # REVISION DOWN BODY
  printf '"""%s."""\nfrom alembic import op\nimport sqlalchemy as sa\n\nrevision: str = "%s"\ndown_revision = %s\nbranch_labels = None\ndepends_on = None\n\ndef upgrade() -> None:\n%s\n\ndef downgrade() -> None:\n    pass\n' "$1" "$1" "$2" "$3" > "alembic/versions/$1_step.py"
}
write r1 None '    op.create_table("people", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text, nullable=False))'
write r2a '"r1"' '    op.add_column("people", sa.Column("age", sa.Integer))'
write r2b '"r1"' '    with op.get_context().autocommit_block():
        op.create_index("by_name", "people", ["name"], postgresql_concurrently=True)'
write r3 '("r2a", "r2b")' '    pass'
up() { PGDATABASE=${tool}_$1 alembic upgrade "$2" >log 2>&1 || { cat log; exit 1; }; }
up whole head
up part r2a
own_tables=alembic_version
import whole --from alembic --yes >/dev/null
! import part --from alembic --yes 2>said || exit 1
grep -q "has not applied all" said
up part head
import part --from alembic --yes | grep -q "1 of them adopted"
import empty --from alembic --yes >/dev/null
migrate empty >/dev/null
