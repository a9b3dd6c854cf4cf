"""What measured pictures say: pooled, compared, tested."""
