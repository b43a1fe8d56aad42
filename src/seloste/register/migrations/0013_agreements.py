"""Products, confirmations, invoicing and stops of disconnection; points that are not of the market have a number of their own."""

import django.contrib.postgres.constraints
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.functions.datetime
import seloste.register.agreements.models
from django.db import migrations, models

KEYS = {
    "agreement_product_copies": (
        "agreement_product",
        "agreement_id, subject_id, controller, kind",
        "agreement",
        "id, subject_id, controller, kind",
    ),
    "agreement_product_offered": (
        "agreement_product",
        "product_id, controller, kind",
        "product",
        "id, controller, kind",
    ),
    "agreement_invoicing_copies": (
        "agreement_invoicing",
        "agreement_id, controller",
        "agreement",
        "id, controller",
    ),
    "e_invoice_address_same_side": ("e_invoice_address", "subject_id, side", "subject", "id, side"),
    "confirmation_same_side": ("confirmation", "subject_id, side", "subject", "id, side"),
    "confirmation_copies": ("confirmation", "agreement_id, controller", "agreement", "id, controller"),
    "confirmation_sending_copies": (
        "confirmation_sending",
        "confirmation_id, subject_id, controller",
        "confirmation",
        "id, subject_id, controller",
    ),
}
"""What a row copies is held equal to what it copies from."""

NUMBERED = (
    "ALTER TABLE metering_point ALTER COLUMN number TYPE text"
    " USING CASE WHEN kind NOT IN ('network', 'sale') THEN gsrn END",
    "ALTER TABLE metering_point ALTER COLUMN gsrn TYPE text USING CASE WHEN kind IN ('network', 'sale') THEN gsrn END",
)
"""A point of heat keeps the digits it had, as its number. Written anew and not updated: the owner sees no row to update."""


class Migration(migrations.Migration):

    dependencies = [
        ('register', '0012_subjects'),
    ]

    operations = [
        migrations.CreateModel(
            name='AgreementInvoicing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('superseded_at', models.DateTimeField(null=True)),
                ('controller', models.TextField()),
                ('method', models.TextField()),
                ('address_id', models.BigIntegerField(null=True)),
                ('contact_point_id', models.BigIntegerField(null=True)),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'agreement_invoicing',
            },
        ),
        migrations.CreateModel(
            name='AgreementProduct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('superseded_at', models.DateTimeField(null=True)),
                ('controller', models.TextField()),
                ('kind', models.TextField()),
                ('at_distance', models.BooleanField()),
                ('agreed_at', models.DateTimeField()),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'agreement_product',
            },
        ),
        migrations.CreateModel(
            name='Confirmation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.TextField()),
                ('controller', models.TextField()),
                ('about', models.TextField()),
                ('language', models.TextField()),
                ('made_at', models.DateTimeField()),
                ('ciphertext', models.BinaryField()),
                ('document', models.BinaryField()),
            ],
            options={
                'db_table': 'confirmation',
            },
        ),
        migrations.CreateModel(
            name='ConfirmationSending',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('controller', models.TextField()),
                ('sent_at', models.DateTimeField()),
                ('channel', models.TextField()),
            ],
            options={
                'db_table': 'confirmation_sending',
            },
        ),
        migrations.CreateModel(
            name='DisconnectionStop',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('superseded_at', models.DateTimeField(null=True)),
                ('category', models.TextField()),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'disconnection_stop',
            },
        ),
        migrations.CreateModel(
            name='EInvoiceAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.TextField()),
                ('ciphertext', models.BinaryField()),
                ('operator', models.TextField()),
            ],
            options={
                'db_table': 'e_invoice_address',
            },
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('controller', models.TextField()),
                ('kind', models.TextField()),
                ('code', models.TextField()),
                ('name_fi', models.TextField()),
                ('name_sv', models.TextField()),
                ('name_en', models.TextField()),
                ('fixed_months', models.SmallIntegerField(null=True)),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'product',
            },
        ),
        migrations.RemoveConstraint(
            model_name='agreement',
            name='agreement_kind',
        ),
        migrations.RemoveConstraint(
            model_name='agreementperiod',
            name='agreement_period_kind',
        ),
        migrations.RemoveConstraint(
            model_name='agreementperiod',
            name='agreement_period_end',
        ),
        migrations.RemoveConstraint(
            model_name='meteringpoint',
            name='metering_point_kind',
        ),
        migrations.RemoveConstraint(
            model_name='meteringpoint',
            name='metering_point_gsrn',
        ),
        migrations.AddField(
            model_name='agreementperiod',
            name='start_reason',
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name='meteringpoint',
            name='number',
            field=models.TextField(null=True),
        ),
        migrations.AlterField(
            model_name='meteringpoint',
            name='gsrn',
            field=models.TextField(null=True),
        ),
        *(migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in NUMBERED),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('network', 'sale', 'heat', 'cooling', 'service'))), name='agreement_kind'),
        ),
        migrations.AddConstraint(
            model_name='agreementperiod',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('network', 'sale', 'heat', 'cooling', 'service'))), name='agreement_period_kind'),
        ),
        migrations.AddConstraint(
            model_name='agreementperiod',
            constraint=models.CheckConstraint(condition=models.Q(('start_reason__in', ('move_in', 'switch', 'contract_change', 'holder_change', 'last_resort')), ('start_reason__isnull', True), _connector='OR'), name='agreement_period_start'),
        ),
        migrations.AddConstraint(
            model_name='agreementperiod',
            constraint=models.CheckConstraint(condition=models.Q(('end_reason__in', ('move_out', 'notice', 'rescission', 'cancelled', 'switch', 'death', 'fixed_term', 'holder_change', 'withdrawal', 'supplier', 'meter_removed')), ('end_reason__isnull', True), _connector='OR'), name='agreement_period_end'),
        ),
        migrations.AddConstraint(
            model_name='meteringpoint',
            constraint=models.UniqueConstraint(fields=('side', 'number', 'kind'), name='metering_point_numbered'),
        ),
        migrations.AddConstraint(
            model_name='meteringpoint',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('network', 'sale', 'heat', 'cooling', 'service'))), name='metering_point_kind'),
        ),
        migrations.AddConstraint(
            model_name='meteringpoint',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('gsrn__regex', '^[0-9]{18}$'), ('kind__in', ('network', 'sale')), ('number__isnull', True)), models.Q(('gsrn__isnull', True), ('number__regex', '^[0-9A-Za-z/.-]{1,40}$'), models.Q(('kind__in', ('network', 'sale')), _negated=True)), _connector='OR'), name='metering_point_gsrn'),
        ),
        migrations.AddField(
            model_name='agreementinvoicing',
            name='agreement',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.agreement'),
        ),
        migrations.AddField(
            model_name='agreementinvoicing',
            name='subject',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.subject'),
        ),
        migrations.AddField(
            model_name='agreementproduct',
            name='agreement',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.agreement'),
        ),
        migrations.AddField(
            model_name='agreementproduct',
            name='subject',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.subject'),
        ),
        migrations.AddField(
            model_name='confirmation',
            name='agreement',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.agreement'),
        ),
        migrations.AddField(
            model_name='confirmation',
            name='data_key',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.datakey'),
        ),
        migrations.AddField(
            model_name='confirmation',
            name='subject',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.subject'),
        ),
        migrations.AddField(
            model_name='confirmationsending',
            name='confirmation',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.confirmation'),
        ),
        migrations.AddField(
            model_name='confirmationsending',
            name='subject',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.subject'),
        ),
        migrations.AddField(
            model_name='disconnectionstop',
            name='subject',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.subject'),
        ),
        migrations.AddField(
            model_name='einvoiceaddress',
            name='data_key',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.datakey'),
        ),
        migrations.AddField(
            model_name='einvoiceaddress',
            name='subject',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.subject'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.UniqueConstraint(fields=('controller', 'code'), name='product_found'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.UniqueConstraint(fields=('id', 'controller', 'kind'), name='product_copies'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('network', 'sale', 'heat', 'cooling', 'service'))), name='product_kind'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(('fixed_months__isnull', True), ('fixed_months__gt', 0), _connector='OR'), name='product_term'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='product_period'),
        ),
        migrations.AddField(
            model_name='agreementproduct',
            name='product',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='register.product'),
        ),
        migrations.AddIndex(
            model_name='agreementinvoicing',
            index=models.Index(fields=['subject'], name='agreement_invoicing_subject'),
        ),
        migrations.AddIndex(
            model_name='agreementinvoicing',
            index=models.Index(fields=['agreement', 'controller'], name='agreement_invoicing_agreement'),
        ),
        migrations.AddConstraint(
            model_name='agreementinvoicing',
            constraint=models.CheckConstraint(condition=models.Q(('method__in', ('post', 'email', 'e_invoice'))), name='agreement_invoicing_method'),
        ),
        migrations.AddConstraint(
            model_name='agreementinvoicing',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('contact_point_id__isnull', True), ('method', 'post')), models.Q(('address_id__isnull', True), ('contact_point_id__isnull', False), ('method', 'email')), models.Q(('address_id__isnull', True), ('contact_point_id__isnull', True), ('method', 'e_invoice')), _connector='OR'), name='agreement_invoicing_way'),
        ),
        migrations.AddConstraint(
            model_name='agreementinvoicing',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='agreement_invoicing_period'),
        ),
        migrations.AddConstraint(
            model_name='agreementinvoicing',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('superseded_at__isnull', True), models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR')), deferrable=django.db.models.constraints.Deferrable['DEFERRED'], expressions=[('agreement', '='), (seloste.register.agreements.models.Period('valid_from', 'valid_until'), '&&')], name='agreement_invoicing_one_at_a_time'),
        ),
        migrations.AddIndex(
            model_name='confirmation',
            index=models.Index(fields=['subject', 'side'], name='confirmation_subject'),
        ),
        migrations.AddIndex(
            model_name='confirmation',
            index=models.Index(fields=['agreement', 'controller'], name='confirmation_agreement'),
        ),
        migrations.AddIndex(
            model_name='confirmation',
            index=models.Index(fields=['data_key'], name='confirmation_key'),
        ),
        migrations.AddConstraint(
            model_name='confirmation',
            constraint=models.UniqueConstraint(fields=('id', 'subject', 'controller'), name='confirmation_of'),
        ),
        migrations.AddConstraint(
            model_name='confirmation',
            constraint=models.CheckConstraint(condition=models.Q(('language__in', ('fi', 'sv', 'en'))), name='confirmation_language'),
        ),
        migrations.AddIndex(
            model_name='confirmationsending',
            index=models.Index(fields=['subject'], name='confirmation_sending_subject'),
        ),
        migrations.AddIndex(
            model_name='confirmationsending',
            index=models.Index(fields=['confirmation', 'subject', 'controller'], name='confirmation_sending_of'),
        ),
        migrations.AddConstraint(
            model_name='confirmationsending',
            constraint=models.CheckConstraint(condition=models.Q(('channel__in', ('letter', 'email', 'web'))), name='confirmation_sending_channel'),
        ),
        migrations.AddIndex(
            model_name='disconnectionstop',
            index=models.Index(fields=['subject'], name='disconnection_stop_subject'),
        ),
        migrations.AddConstraint(
            model_name='disconnectionstop',
            constraint=models.CheckConstraint(condition=models.Q(('category__in', ('stop', 'medical_need'))), name='disconnection_stop_category'),
        ),
        migrations.AddConstraint(
            model_name='disconnectionstop',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='disconnection_stop_period'),
        ),
        migrations.AddIndex(
            model_name='einvoiceaddress',
            index=models.Index(fields=['subject', 'side'], name='e_invoice_address_subject'),
        ),
        migrations.AddIndex(
            model_name='einvoiceaddress',
            index=models.Index(fields=['data_key'], name='e_invoice_address_key'),
        ),
        migrations.AddConstraint(
            model_name='einvoiceaddress',
            constraint=models.UniqueConstraint(fields=('subject',), name='e_invoice_address_once'),
        ),
        migrations.AddIndex(
            model_name='agreementproduct',
            index=models.Index(fields=['subject'], name='agreement_product_subject'),
        ),
        migrations.AddIndex(
            model_name='agreementproduct',
            index=models.Index(fields=['agreement', 'subject', 'controller', 'kind'], name='agreement_product_agreement'),
        ),
        migrations.AddIndex(
            model_name='agreementproduct',
            index=models.Index(fields=['product', 'controller', 'kind'], name='agreement_product_product'),
        ),
        migrations.AddConstraint(
            model_name='agreementproduct',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='agreement_product_period'),
        ),
        migrations.AddConstraint(
            model_name='agreementproduct',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('superseded_at__isnull', True), models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR')), deferrable=django.db.models.constraints.Deferrable['DEFERRED'], expressions=[('agreement', '='), (seloste.register.agreements.models.Period('valid_from', 'valid_until'), '&&')], name='agreement_product_one_at_a_time'),
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({columns})"
                f" REFERENCES {target} ({referenced}) DEFERRABLE INITIALLY DEFERRED",
                f"ALTER TABLE {table} DROP CONSTRAINT {name}",
            )
            for name, (table, columns, target, referenced) in KEYS.items()
        ),
    ]
