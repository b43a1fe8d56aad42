import seloste.register.ledger.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('register', '0006_suppression'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='event',
            constraint=models.CheckConstraint(condition=seloste.register.ledger.models.IsFinite(models.F('at')), name='event_finite'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.CheckConstraint(condition=models.Q(('count__gte', 0)), name='event_count'),
        ),
    ]
