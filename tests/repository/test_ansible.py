"""Ansible."""

from tests.repository.shown import lines

from strandline.repository.sighting import Show


def test_a_play_in_batches_with_a_rescue_is_staged_and_goes_back() -> None:
    text = """\
- hosts: web
  serial: [1, 25%]
  tasks:
    - block:
        - command: deploy
      rescue:
        - command: return
"""
    found = lines("site.yml", text)
    assert found == {Show.MANIFEST: [1], Show.STAGED_ROLLOUT: [2], Show.AUTOMATIC_ROLLBACK: [7]}


def test_a_list_that_is_no_playbook_shows_nothing() -> None:
    assert not lines("list.yml", "- a\n- {hosts: x}\n")
