"""The versions of questionnaires as rows.

Only `surveys.fieldwork.questionnaire_loader` creates them, from a definition file.
"""

from django.db import models

from surveys.instrument import questionnaire_definition

DEFINITIONS: dict[str, questionnaire_definition.Questionnaire] = {}


class Questionnaire(models.Model):
    """One version of a questionnaire. `source` is the loaded definition, so that a wave stays readable without the
    file."""

    PERSONAL = ()

    slug = models.SlugField(max_length=80)
    version = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    source = models.TextField()
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ["slug", "version"]
        constraints = [
            models.UniqueConstraint(fields=["slug", "version"], name="questionnaire_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"

    @property
    def key(self) -> str:
        return f"{self.slug}-{self.version}"

    @property
    def definition(self) -> questionnaire_definition.Questionnaire:
        """Parses `source` once in a process, so that rows may be fetched without it."""
        if self.digest not in DEFINITIONS:
            DEFINITIONS[self.digest] = questionnaire_definition.parse_cached(self.source, name=self.key)
        return DEFINITIONS[self.digest]


class Section(models.Model):
    PERSONAL = ()

    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="sections")
    code = models.SlugField(max_length=60)
    title = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["questionnaire", "position"]
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "code"], name="section_code_once"),
        ]

    def __str__(self) -> str:
        return self.title


class Item(models.Model):
    PERSONAL = ()

    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="items")
    section = models.ForeignKey(Section, models.CASCADE, related_name="items")
    code = models.CharField(max_length=40)
    role = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    type = models.CharField(max_length=20)
    wording = models.TextField()
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["questionnaire", "position"]
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "code"], name="item_code_once"),
        ]

    def __str__(self) -> str:
        return self.code


class Option(models.Model):
    PERSONAL = ()

    item = models.ForeignKey(Item, models.CASCADE, related_name="options")
    code = models.CharField(max_length=80)
    label = models.CharField(max_length=300)
    meaning = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["item", "position"]
        constraints = [
            models.UniqueConstraint(fields=["item", "code"], name="option_code_once"),
        ]

    def __str__(self) -> str:
        return self.label
