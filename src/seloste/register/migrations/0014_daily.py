"""Contacts, tasks and texts of cases; reminders, payments and instalments; what was done once.

Constraints that Django cannot say hold what a row copies equal to what it copies from, and a
receivable to one state at a time. They are checked at the commit, like Django's own.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

KEYS = {
    "idempotency_same_side": ("idempotency", "subject_id, side", "subject", "id, side"),
    "interaction_concerns": ("interaction", "case_id, subject_id", "case_file", "id, subject_id"),
    "task_concerns": ("task", "case_id, subject_id", "case_file", "id, subject_id"),
    "task_of_same_subject": ("task", "origin_id, subject_id", "case_file", "id, subject_id"),
    "case_text_concerns": ("case_text", "case_id, subject_id", "case_file", "id, subject_id"),
    "payer_copies": ("payer", "payment_id, subject_id, controller", "payment", "id, subject_id, controller"),
}

ONE_STATE = """ALTER TABLE receivable ADD CONSTRAINT receivable_one_state EXCLUDE USING btree
  (subject_id WITH =, controller WITH =, number WITH =) WHERE (superseded_at IS NULL AND valid_until IS NULL)
  DEFERRABLE INITIALLY DEFERRED"""


class Migration(migrations.Migration):

    dependencies = [
        ('register', '0013_agreements'),
    ]

    operations = [
        migrations.CreateModel(
            name='CaseText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('category', models.TextField()),
                ('written_at', models.DateTimeField()),
                ('text', models.TextField()),
            ],
            options={
                'db_table': 'case_text',
            },
        ),
        migrations.CreateModel(
            name='Idempotency',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject_id', models.BigIntegerField()),
                ('side', models.TextField()),
                ('operation', models.TextField()),
                ('key', models.TextField()),
                ('result', models.BigIntegerField(null=True)),
                ('at', models.DateTimeField()),
            ],
            options={
                'db_table': 'idempotency',
            },
        ),
        migrations.CreateModel(
            name='Instalment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('controller', models.TextField()),
                ('number', models.TextField()),
                ('agreed_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('amount_cents', models.BigIntegerField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('ending', models.TextField(null=True)),
            ],
            options={
                'db_table': 'instalment',
            },
        ),
        migrations.CreateModel(
            name='Interaction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.TextField()),
                ('direction', models.TextField()),
                ('topic', models.TextField()),
                ('spoken_with', models.TextField()),
                ('identified', models.TextField()),
                ('agreement_id', models.BigIntegerField(null=True)),
                ('at', models.DateTimeField()),
            ],
            options={
                'db_table': 'interaction',
            },
        ),
        migrations.CreateModel(
            name='Payer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('controller', models.TextField()),
                ('name', models.TextField()),
            ],
            options={
                'db_table': 'payer',
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('controller', models.TextField()),
                ('number', models.TextField()),
                ('amount_cents', models.BigIntegerField()),
                ('paid_at', models.DateTimeField()),
                ('paid_by', models.TextField()),
                ('archive_id', models.TextField(null=True)),
            ],
            options={
                'db_table': 'payment',
            },
        ),
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('controller', models.TextField()),
                ('number', models.TextField()),
                ('kind', models.TextField()),
                ('sent_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'reminder',
            },
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('controller', models.TextField()),
                ('kind', models.TextField()),
                ('team', models.TextField()),
                ('due_date', models.DateField()),
                ('agreement_id', models.BigIntegerField(null=True)),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('done_at', models.DateTimeField(null=True)),
                ('outcome', models.TextField(null=True)),
            ],
            options={
                'db_table': 'task',
            },
        ),
        migrations.RemoveConstraint(
            model_name='casefile',
            name='case_file_category',
        ),
        migrations.RemoveConstraint(
            model_name='receivable',
            name='receivable_state',
        ),
        migrations.AddField(
            model_name='receivable',
            name='product',
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name='receivable',
            name='reference',
            field=models.TextField(null=True),
        ),
        migrations.AddConstraint(
            model_name='casefile',
            constraint=models.UniqueConstraint(fields=('id', 'subject'), name='case_file_concerns'),
        ),
        migrations.AddConstraint(
            model_name='casefile',
            constraint=models.CheckConstraint(condition=models.Q(('category__in', ('interaction', 'task', 'misuse_case', 'rights_request'))), name='case_file_category'),
        ),
        migrations.AddConstraint(
            model_name='receivable',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('open', 'paid', 'disputed', 'in_collection', 'written_off', 'expired'))), name='receivable_state'),
        ),
        migrations.AddConstraint(
            model_name='receivable',
            constraint=models.CheckConstraint(condition=models.Q(('reference__isnull', True), ('reference__regex', '^[1-9][0-9]{3,19}$'), _connector='OR'), name='receivable_reference'),
        ),
        migrations.AddField(
            model_name='casetext',
            name='case',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.casefile'),
        ),
        migrations.AddField(
            model_name='casetext',
            name='staff',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.staff'),
        ),
        migrations.AddField(
            model_name='casetext',
            name='subject',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.subject'),
        ),
        migrations.AddIndex(
            model_name='idempotency',
            index=models.Index(fields=['subject_id', 'side'], name='idempotency_subject'),
        ),
        migrations.AddConstraint(
            model_name='idempotency',
            constraint=models.UniqueConstraint(fields=('side', 'operation', 'key'), name='idempotency_once'),
        ),
        migrations.AddConstraint(
            model_name='idempotency',
            constraint=models.CheckConstraint(condition=models.Q(('key__regex', '^[!-~]{1,200}$')), name='idempotency_key'),
        ),
        migrations.AddField(
            model_name='instalment',
            name='subject',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.subject'),
        ),
        migrations.AddField(
            model_name='interaction',
            name='case',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.casefile'),
        ),
        migrations.AddField(
            model_name='interaction',
            name='staff',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.staff'),
        ),
        migrations.AddField(
            model_name='interaction',
            name='subject',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.subject'),
        ),
        migrations.AddField(
            model_name='payer',
            name='subject',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.subject'),
        ),
        migrations.AddField(
            model_name='payment',
            name='subject',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.subject'),
        ),
        migrations.AddField(
            model_name='payer',
            name='payment',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.payment'),
        ),
        migrations.AddField(
            model_name='reminder',
            name='subject',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.subject'),
        ),
        migrations.AddField(
            model_name='task',
            name='case',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.casefile'),
        ),
        migrations.AddField(
            model_name='task',
            name='origin',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.casefile'),
        ),
        migrations.AddField(
            model_name='task',
            name='staff',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.staff'),
        ),
        migrations.AddField(
            model_name='task',
            name='subject',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.subject'),
        ),
        migrations.AddIndex(
            model_name='casetext',
            index=models.Index(fields=['subject'], name='case_text_subject'),
        ),
        migrations.AddIndex(
            model_name='casetext',
            index=models.Index(fields=['case', 'subject'], name='case_text_case'),
        ),
        migrations.AddIndex(
            model_name='casetext',
            index=models.Index(fields=['staff'], name='case_text_staff'),
        ),
        migrations.AddConstraint(
            model_name='casetext',
            constraint=models.CheckConstraint(condition=models.Q(('category__in', ('interaction', 'interaction_address', 'task', 'task_address'))), name='case_text_category'),
        ),
        migrations.AddConstraint(
            model_name='casetext',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='case_text_text'),
        ),
        migrations.AddIndex(
            model_name='instalment',
            index=models.Index(fields=['subject'], name='instalment_subject'),
        ),
        migrations.AddIndex(
            model_name='instalment',
            index=models.Index(fields=['controller', 'number'], name='instalment_number'),
        ),
        migrations.AddConstraint(
            model_name='instalment',
            constraint=models.CheckConstraint(condition=models.Q(('amount_cents__gt', 0)), name='instalment_amount'),
        ),
        migrations.AddConstraint(
            model_name='instalment',
            constraint=models.CheckConstraint(condition=models.Q(('ending__in', ('kept', 'broken', 'cancelled')), ('ending__isnull', True), _connector='OR'), name='instalment_ending'),
        ),
        migrations.AddConstraint(
            model_name='instalment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ending__isnull', True)), models.Q(('ended_at__isnull', False), ('ending__isnull', False)), _connector='OR'), name='instalment_ended'),
        ),
        migrations.AddIndex(
            model_name='interaction',
            index=models.Index(fields=['subject'], name='interaction_subject'),
        ),
        migrations.AddIndex(
            model_name='interaction',
            index=models.Index(fields=['case', 'subject'], name='interaction_case'),
        ),
        migrations.AddIndex(
            model_name='interaction',
            index=models.Index(fields=['staff'], name='interaction_staff'),
        ),
        migrations.AddConstraint(
            model_name='interaction',
            constraint=models.CheckConstraint(condition=models.Q(('channel__in', ('phone', 'email', 'visit', 'letter', 'chat'))), name='interaction_channel'),
        ),
        migrations.AddConstraint(
            model_name='interaction',
            constraint=models.CheckConstraint(condition=models.Q(('direction__in', ('in', 'out'))), name='interaction_direction'),
        ),
        migrations.AddConstraint(
            model_name='interaction',
            constraint=models.CheckConstraint(condition=models.Q(('topic__in', ('agreement', 'moving', 'invoice', 'metering', 'outage', 'contact_details', 'data_protection', 'marketing', 'other'))), name='interaction_topic'),
        ),
        migrations.AddConstraint(
            model_name='interaction',
            constraint=models.CheckConstraint(condition=models.Q(('spoken_with__in', ('subject', 'co_holder', 'representative', 'guardian', 'other'))), name='interaction_spoken_with'),
        ),
        migrations.AddConstraint(
            model_name='interaction',
            constraint=models.CheckConstraint(condition=models.Q(('identified__in', ('strongly', 'by_document', 'by_known_facts', 'failed', 'not_asked'))), name='interaction_identified'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['subject'], name='payment_subject'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['controller', 'number'], name='payment_number'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('controller', 'archive_id'), name='payment_once'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('id', 'subject', 'controller'), name='payment_of'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('amount_cents__gt', 0)), name='payment_amount'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('paid_by__in', ('debtor', 'other', 'unknown'))), name='payment_paid_by'),
        ),
        migrations.AddIndex(
            model_name='payer',
            index=models.Index(fields=['subject'], name='payer_subject'),
        ),
        migrations.AddIndex(
            model_name='payer',
            index=models.Index(fields=['payment', 'subject', 'controller'], name='payer_payment'),
        ),
        migrations.AddIndex(
            model_name='reminder',
            index=models.Index(fields=['subject'], name='reminder_subject'),
        ),
        migrations.AddIndex(
            model_name='reminder',
            index=models.Index(fields=['controller', 'number'], name='reminder_number'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('reminder', 'demand'))), name='reminder_kind'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['subject'], name='task_subject'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['case', 'subject'], name='task_case'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['origin', 'subject'], name='task_origin'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['staff'], name='task_staff'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['controller', 'team', 'done_at', 'due_date'], name='task_waiting'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('promise', 'complaint', 'call_back', 'correction', 'document', 'other'))), name='task_kind'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ('done', 'not_needed')), ('outcome__isnull', True), _connector='OR'), name='task_outcome'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('done_at__isnull', True), ('outcome__isnull', True)), models.Q(('done_at__isnull', False), ('outcome__isnull', False)), _connector='OR'), name='task_done'),
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({columns})"
                f" REFERENCES {target} ({referenced}) DEFERRABLE INITIALLY DEFERRED",
                f"ALTER TABLE {table} DROP CONSTRAINT {name}",
            )
            for name, (table, columns, target, referenced) in KEYS.items()
        ),
        migrations.RunSQL(ONE_STATE, "ALTER TABLE receivable DROP CONSTRAINT receivable_one_state"),
    ]
