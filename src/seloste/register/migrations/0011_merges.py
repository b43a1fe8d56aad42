"""Merges of records; keys over two columns hold both records of one on one side of the wall."""

import django.contrib.postgres.constraints
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.functions.datetime
import seloste.register.subjects.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('register', '0010_search_tokens'),
    ]

    operations = [
        migrations.CreateModel(
            name='SubjectMerge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('superseded_at', models.DateTimeField(null=True)),
                ('side', models.TextField()),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(null=True)),
                ('confirmed_by', models.BigIntegerField(null=True)),
                ('confirmed_reason', models.TextField(null=True)),
                ('into', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.subject')),
                ('subject', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.subject')),
            ],
            options={
                'db_table': 'subject_merge',
                'indexes': [models.Index(fields=['subject', 'side'], name='subject_merge_subject'), models.Index(fields=['into', 'side'], name='subject_merge_into')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='subject_merge_period'), models.CheckConstraint(condition=models.Q(('subject', models.F('into')), _negated=True), name='subject_merge_two_records'), models.CheckConstraint(condition=models.Q(models.Q(('confirmed_by__isnull', True), ('confirmed_reason__isnull', True)), models.Q(('confirmed_by__isnull', False), ('confirmed_reason__isnull', False), ('confirmed_reason__regex', '^[a-z_]{1,31}:[0-9]{1,18}$')), _connector='OR'), name='subject_merge_confirmed'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('superseded_at__isnull', True), models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR')), deferrable=django.db.models.constraints.Deferrable['DEFERRED'], expressions=[('subject', '='), (seloste.register.subjects.models.Span('valid_from', 'valid_until'), '&&')], name='subject_merge_once')],
            },
        ),
        *(
            migrations.RunSQL(
                f'ALTER TABLE subject_merge ADD CONSTRAINT {name} FOREIGN KEY ({column}, side)'
                ' REFERENCES subject (id, side) DEFERRABLE INITIALLY DEFERRED',
                f'ALTER TABLE subject_merge DROP CONSTRAINT {name}',
            )
            for name, column in (('subject_merge_same_side', 'subject_id'), ('subject_merge_into_same_side', 'into_id'))
        ),
    ]
