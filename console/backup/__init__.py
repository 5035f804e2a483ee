"""Backup and restore of an installation.

`sealing`, `archive`, `manifest` and `keep` know no framework; `databases` and `carried` know what is copied;
`creating`, `verifying`, `restoring` and `schedule` are what is done with them.
"""
