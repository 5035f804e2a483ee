"""How a person wants figures and tables shown. What is stored, sent and exported stays in SI units."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class LengthUnit(models.TextChoices):
    """In what lengths, heights and distances are shown."""

    METRE = "m", _("metres, kilometres")
    FOOT = "ft", _("feet, miles")


class SpeedUnit(models.TextChoices):
    """In what speeds over ground, and climbing, are shown."""

    METRE_PER_SECOND = "m/s", _("metres per second (m/s)")
    KILOMETRE_PER_HOUR = "km/h", _("kilometres per hour (km/h)")
    KNOT = "kt", _("knots (kt)")


class TemperatureUnit(models.TextChoices):
    """In what temperatures are shown."""

    CELSIUS = "°C", _("degrees Celsius (°C)")
    FAHRENHEIT = "°F", _("degrees Fahrenheit (°F)")


class Density(models.TextChoices):
    """How much room the rows of tables take."""

    COMFORTABLE = "comfortable", _("comfortable")
    COMPACT = "compact", _("compact")


class Displayed(models.Model):
    """What one person chose; nobody else's, so that it is on the row of the person."""

    length_unit = models.CharField(max_length=2, choices=LengthUnit, default=LengthUnit.METRE)
    speed_unit = models.CharField(max_length=4, choices=SpeedUnit, default=SpeedUnit.METRE_PER_SECOND)
    temperature_unit = models.CharField(max_length=2, choices=TemperatureUnit, default=TemperatureUnit.CELSIUS)
    table_density = models.CharField(max_length=11, choices=Density, default=Density.COMFORTABLE)

    DISPLAY_FIELDS: ClassVar[tuple[str, ...]] = ("length_unit", "speed_unit", "temperature_unit", "table_density")

    class Meta:
        abstract = True
