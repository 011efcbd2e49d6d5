# Django with an application of its own beside those that come with it.
. "$here/python.sh"
version=$(python -c 'import django; print(django.get_version())')
django-admin startproject site1 . && python manage.py startapp people
cat >> site1/settings.py <<'PY'
import os
INSTALLED_APPS.append("people")
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"], "USER": "tester", "HOST": os.environ["PGHOST"]}}
PY
model() { printf 'from django.db import models\nclass Person(models.Model):\n    name = models.CharField(max_length=20, db_index=True)\n%s\n' "$1" > people/models.py; }
manage() { PGDATABASE=${tool}_$1 python manage.py "${@:2}" >log 2>&1 || { cat log; exit 1; }; }
model '' && manage whole makemigrations people
manage part migrate
model '    age = models.IntegerField(default=1)' && manage whole makemigrations people
manage whole migrate
own_tables=django_migrations
import whole --from django --yes >/dev/null
! import part --from django --yes 2>said || exit 1
grep -q "has not applied all" said
manage part migrate
import part --from django --yes | grep -q "1 of them adopted"
import empty --from django --yes >/dev/null
migrate empty >/dev/null
