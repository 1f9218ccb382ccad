"""``python -m lessons_lib doctor``: says in seconds whether this machine can run the course."""

import click

from lessons_lib import doctor as diagnosis


@click.command()
def doctor() -> None:
    """Say in seconds whether this machine can run the course, and what to do where it cannot."""
    hindered = [_report(diagnosis.look(check)) for check in diagnosis.CHECKS]
    if not any(hindered):  # else these would only repeat in other words what is wrong
        hindered += [_report(diagnosis.look(check)) for check in diagnosis.CHECKS_THAT_COMPUTE]
    if any(hindered):
        raise click.ClickException("The lessons cannot run here yet: see the lines with NO.")
    click.echo("The lessons can run here.")


def _report(finding: diagnosis.Finding) -> bool:
    """Prints a finding; returns whether it hinders."""
    mark = ("NO " if finding.hinders else "but") if finding.to_do else "ok "
    click.echo(f"{mark}  {finding.what}: {finding.found}")
    if finding.to_do:
        click.echo(f"     -> {finding.to_do}")
    return finding.hinders
