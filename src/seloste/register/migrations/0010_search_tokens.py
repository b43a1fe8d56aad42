import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('register', '0009_claims'),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('category', models.TextField()),
                ('controller', models.TextField(db_default='')),
                ('kind', models.TextField()),
                ('token', models.TextField()),
                ('spelt', models.TextField()),
                ('subject', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.subject')),
            ],
            options={
                'db_table': 'search_token',
                'constraints': [models.UniqueConstraint(fields=('subject', 'kind', 'controller', 'token', 'spelt'), name='search_token_once'), models.CheckConstraint(condition=models.Q(('token', ''), _negated=True), name='search_token_token')],
            },
        ),
    ]
