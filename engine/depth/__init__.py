"""How far away things are, by a network: as a picture of shares, 0 far to 1 near, steadied over time.

Shares are linear in 1 / distance, as most networks say it and as a lens blurs: twice as far from where the far end is, half the share.
"""
